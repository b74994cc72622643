"""What Deskwire is compared with: servers that speak the same few commands, written as anybody would write them."""

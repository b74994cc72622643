"""The wire, one file a domain: what crosses it, each shape written once; the catalogue is made of them."""

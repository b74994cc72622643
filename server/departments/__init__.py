"""Departments and their opening hours: the queue asks them, admins change them."""

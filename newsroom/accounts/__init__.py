"""Who acts on the site: users who log in, and readers (members, guests, devices)."""

"""The page. It reaches the rest of the program only through `app.client`."""

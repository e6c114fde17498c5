"""Links that show a part of the library to whoever has them."""

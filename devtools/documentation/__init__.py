"""The documentation site: reference pages that come from the code, the pictures, and the build of `make docs`."""

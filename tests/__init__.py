"""The tests; a package so that they can share :mod:`tests.toy`."""

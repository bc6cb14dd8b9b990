"""`python -m search`: prepare the embedding model once, in a process of its own.

The export needs torch, which a web process should not carry along ever after.
"""

from library import home
from library.settings import read_settings
from search.embed import open_embedder

home.write_privately()
open_embedder(read_settings())

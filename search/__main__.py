"""`python -m search`: export the embedding model in a separate process.

The export needs torch. A separate process keeps torch out of the memory of web processes.
"""

from library import home_folder
from library.settings import read_settings
from search.embedding.embedder import open_embedder

home_folder.write_privately()
open_embedder(read_settings())

"""The data contract between stages: a folder of faces is a manifest and the packs that it points into.

    manifest    a row per face, checked on read
    packs       the pixels, in shards that are mapped and not read
    faceset     the two together
    tables      writing tables, the same bytes for the same content
    files       writing files whole or not at all

Nothing is imported here, so that a prediction loads `files` and not pandas.
"""

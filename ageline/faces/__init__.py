"""From a raw folder or archive of labelled photos to faces in packs: what `ingest` does, a step a module.

    sources     where photos lie: a folder, a .zip, a .tar; never reads outside of it
    layouts     which photos there are and what their labels say
    image       the bytes of one photo -> an upright RGB face; the one decode of the project
    detection, boxes  where the faces in a photo are
    cropping    how a photo, or a face in it, comes to its size
    bombs       photos made to keep the decoder busy, which `image` refuses
    problems    why a photo can't be used
    decoding    all photos, in parallel
    scheduling  where that runs
    audit       which photos are one and the same, whose labels disagree, which are blank, blurred or barred
    splits, straddling  on which side of the split each stands
    outcome     what becomes of every photo
    report      the account of it
    refusal     why none of it is to be trained on
    ingest      the order of all this

Nothing is imported here, so that a worker process, and a prediction, loads `image` and not pandas.
"""

"""Predictions with what stage export wrote, without Keras, pandas or DVC.

    model_card  models/model.json: what the model expects, how its answers are read, and how far they are off
    engines     what runs model.onnx: OpenVINO or ONNX Runtime
    predictor   from faces to answers
    answers     an age with its interval, or a gender with its probability
    decision    what becomes of a face at the till
    photos      which photos are meant by paths, folders, patterns and lists
    patterns    what `faces/**/*.jpg` matches
    way         how faces are taken from photos and judged
    room        memory for large photos
    predicting  photos to entries, in batches across photos
    journal     the entries so far, for a run that goes on
    annotating  copies of photos with the answers drawn on them
    results     the file with all entries: JSON, CSV, parquet
    run         the order of all this

Nothing is imported here, so that a command loads no more than it uses.
"""

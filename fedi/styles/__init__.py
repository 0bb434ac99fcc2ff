"""The studio's engine: ONNX styles from a catalogue, run over pictures in a worker process of its own."""

"""The studio's own base voices: sounds → how long each is → pitch, envelope and breath, frame by frame.

`units.py` says what a sound to be spoken is, `english.py` and `mandarin.py` turn lines into them, `network.py` holds
the networks, `voice.py` speaks. models/voice-en.md and models/voice-zh.md tell what the weights learned from;
studio/train/voice.py is how.
"""

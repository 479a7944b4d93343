"""Written lines made ready to be said: numbers, names, tones, sentences, marks, and a preview of it all."""

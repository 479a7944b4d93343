"""How a line is said: pace, melody, timbre, feelings, age; done to the features of a voice."""

"""From a folder of photos, home videos and recordings to the pictures that tell a life, in order."""

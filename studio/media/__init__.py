"""The only room that opens media files and starts ffmpeg."""

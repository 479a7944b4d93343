"""When each word is said: in recordings, in takes that have to be checked, and in a person's own words on tape."""

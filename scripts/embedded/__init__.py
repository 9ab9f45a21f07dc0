"""How the embedded model is made: pictures, captions, the small CLIP, the adapters, the figures."""

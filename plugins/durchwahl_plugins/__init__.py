"""The plugins that come with Durchwahl, found through the same entry-point group as everybody's."""

DELETE FROM neighbours WHERE heard < now() - make_interval(secs => :kept)

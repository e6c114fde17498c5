# {"similar": {"to": "image:1", "by": "HASH", "distance": 8}}
# Narrows only: the law looks at what is found.
with
  answer := (select Image filter (exists .phash))
select answer.number;

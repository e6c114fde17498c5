# {"similar": {"to": "image:1", "by": "HASH"}}
# Narrows only: the law looks at what is found.
with
  answer := (select Image filter (exists .phash))
select answer.number;

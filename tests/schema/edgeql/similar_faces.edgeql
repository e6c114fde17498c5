# {"similar": {"to": "image:1", "by": "FACES"}}
# Narrows only: the law looks at what is found.
with
  answer := (select Image filter (exists .faces))
select answer.number;

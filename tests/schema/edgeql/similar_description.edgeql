# {"similar": {"to": "image:1", "by": "DESCRIPTION"}}
# Narrows only: the law looks at what is found.
with
  answer := (select Image filter (exists .tags))
select answer.number;

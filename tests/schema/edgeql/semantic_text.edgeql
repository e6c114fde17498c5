# {"semantic": {"text": "a quiet harbor", "minScore": 0.2}}
# Narrows only: the law looks at what is found.
with
  answer := (select Image filter (exists .meaning))
select answer.number;

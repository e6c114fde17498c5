# {"tagged": false}
with
  answer := (select Image filter (not (exists (select .tags filter (@origin in {'MODEL', 'USER'}) ?? false))))
select answer.number;

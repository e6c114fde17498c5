# {"duplicate": ["SAME_BYTES", "SAME_PICTURE", "BURST"]}
with
  answer := (select Image filter ((count((select .files filter .present)) > 1) or (exists .duplicate_of or exists .twins) or (exists .burst_of or exists .shots)))
select answer.number;

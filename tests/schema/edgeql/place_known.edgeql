# {"place": {"known": false}}
with
  answer := (select Image filter (not ((exists .lat and exists .lon) or ((.place != '') ?? false))))
select answer.number;

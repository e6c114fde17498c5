// What the pages about accounts ask.

const ACCOUNT = 'key name displayName email role roots disabled hasPassword created';

export const ME = `query Me {
  viewer { name kind role capabilities }
  me { ${ACCOUNT} }
}`;
export const WAYS_IN = `query WaysIn {
  sessions { key device address how created seen current }
  accountLinks { key provider email }
  passkeys { key name host created used }
}`;
export const SAVE_ME = `mutation SaveMe($name: String!) { saveMe(displayName: $name) { ${ACCOUNT} } }`;
export const PASSWORD = 'mutation Password($current: String!, $new: String!) { changePassword(current: $current, new: $new) }';
export const END = 'mutation End($key: String!) { endSession(key: $key) }';
export const END_OTHERS = 'mutation EndOthers { endOtherSessions }';
export const UNLINK = 'mutation Unlink($key: String!) { unlinkAccount(key: $key) }';
export const REMOVE_PASSKEY = 'mutation RemovePasskey($key: String!) { removePasskey(key: $key) }';
export const ACCOUNTS = `query Accounts { viewer { role account } accounts { ${ACCOUNT} } }`;
export const SAVE_ACCOUNT = `mutation SaveAccount($account: AccountInput!) { saveAccount(account: $account) { ${ACCOUNT} } }`;
export const REMOVE_ACCOUNT = 'mutation RemoveAccount($key: String!) { removeAccount(key: $key) }';
export const AUDIT = `query Audit($after: String) {
  audit(first: 100, after: $after) { nodes { key when action who kind about address } pageInfo { hasNextPage endCursor } }
}`;

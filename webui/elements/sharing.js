// Questions about shares, apps and tokens.

const GRANT = 'key name description created used expires app { key name website }';
const SHARE = `key name url state description fixed download location camera names hasPassword expires mostViews views
  seen contribute received`;

export const GRANTS = `{ appGrants { ${GRANT} } registeredApps { key name redirectUris } }`;
export const REVOKE = 'mutation($key: String!) { revokeGrant(key: $key) }';
export const ADD_TOKEN = `mutation($name: String!, $rights: [String!]!, $filter: ImageFilter, $days: Int) {
  addToken(name: $name, capabilities: $rights, filter: $filter, days: $days) { token grant { ${GRANT} } }
}`;
export const REGISTER = `mutation($name: String!, $uris: [String!]!, $secret: Boolean!) {
  registerApp(name: $name, redirectUris: $uris, secret: $secret) { credential app { key } }
}`;
export const REMOVE_APP = 'mutation($key: String!) { removeApp(key: $key) }';

const ASKED = 'app { name website } returnsTo account rights { name says held }';
export const APP_REQUEST = `query($request: String!) { asked: appRequest(request: $request) { ${ASKED} } }`;
export const DEVICE_REQUEST = `query($code: String!) { asked: deviceRequest(code: $code) { ${ASKED} } }`;
export const ALBUMS = '{ albums { key name } }';
export const DESCRIBE = `query($rights: [String!]!, $filter: ImageFilter) {
  describeRights(capabilities: $rights, filter: $filter)
}`;
export const FILTER = 'query($text: String!) { understand(text: $text) { filter unknown } }';
export const DECIDE_APP = `mutation($request: String!, $allow: Boolean!, $rights: [String!], $filter: ImageFilter) {
  to: decideApp(request: $request, allow: $allow, capabilities: $rights, filter: $filter)
}`;
export const DECIDE_DEVICE = `mutation($code: String!, $allow: Boolean!, $rights: [String!], $filter: ImageFilter) {
  name: decideDevice(code: $code, allow: $allow, capabilities: $rights, filter: $filter)
}`;

export const SHARES = `{ shares { ${SHARE} } }`;
export const ADD_SHARE = `mutation($filter: ImageFilter!, $share: ShareInput!, $fixed: Boolean!) {
  addShare(filter: $filter, share: $share, fixed: $fixed) { ${SHARE} }
}`;
export const REVOKE_SHARE = `mutation($key: String!) { revokeShare(key: $key) { ${SHARE} } }`;
export const DELETE_SHARE = 'mutation($key: String!) { deleteShare(key: $key) }';

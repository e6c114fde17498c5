// A page on any web server that shows photos of a PiGallery: authorization code with PKCE, no server of its own.
//
// 1. Register it on the gallery's page /apps; its redirect address is that of this very page.
// 2. Write the gallery's address and the client id here. Whoever opens the page chooses what it shows, one album say.

const { gallery, client } = window.ALBUM ?? { gallery: 'https://photos.example.org', client: 'client-id' };
const here = location.origin + location.pathname;
const said = document.getElementById('said');
const button = document.getElementById('connect');

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const random = () => base64(crypto.getRandomValues(new Uint8Array(32)));

/** Away to the gallery, where a person decides. */
async function connect() {
  const [verifier, state] = [random(), random()];
  sessionStorage.setItem('pending', JSON.stringify({ verifier, state }));
  const challenge = base64(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  location.assign(`${gallery}/oauth/authorize?${new URLSearchParams({
    response_type: 'code', client_id: client, redirect_uri: here, scope: 'read', state, code_challenge: challenge, code_challenge_method: 'S256',
  })}`);
}

async function token(fields) {
  const answer = await fetch(`${gallery}/oauth/token`, { method: 'POST', body: new URLSearchParams({ client_id: client, ...fields }) });
  const told = await answer.json();
  if (!told.access_token) throw new Error(told.error_description ?? told.error);
  sessionStorage.setItem('tokens', JSON.stringify(told));
  return told;
}

/** Back from the gallery: the code is worth something only together with the verifier that never left this page. */
async function returned(query) {
  const { verifier, state } = JSON.parse(sessionStorage.getItem('pending') ?? '{}');
  sessionStorage.removeItem('pending');
  history.replaceState(null, '', here);
  if (query.get('state') !== state || query.get('iss') !== gallery) throw new Error('This answer belongs to another question.');
  if (query.has('error')) throw new Error(query.get('error_description') ?? query.get('error'));
  return token({ grant_type: 'authorization_code', code: query.get('code'), redirect_uri: here, code_verifier: verifier });
}

async function photos(tokens, again = true) {
  const answer = await fetch(`${gallery}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${tokens.access_token}` },
    body: JSON.stringify({ query: '{ images(first: 100) { totalCount nodes { name alt smallUrl } } }' }),
  });
  if (answer.status === 401 && again) return photos(await token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token }), false);
  if (!answer.ok) throw new Error('The gallery does not show these photos any more.');
  return (await answer.json()).data.images;
}

async function start() {
  const query = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem('tokens') ?? 'null');
  const tokens = query.has('state') ? await returned(query) : kept;
  if (!tokens) return void (button.hidden = false);
  const { totalCount, nodes } = await photos(tokens);
  said.textContent = `${totalCount} photos`;
  document.getElementById('photos').replaceChildren(...nodes.filter(({ smallUrl }) => smallUrl).map(({ alt, smallUrl }) => {
    const image = new Image();
    Object.assign(image, { src: gallery + smallUrl, alt, loading: 'lazy' });
    return image;
  }));
}

button.addEventListener('click', connect);
start().catch((wrong) => {
  said.textContent = wrong.message;
  sessionStorage.removeItem('tokens');
  button.hidden = false;
});

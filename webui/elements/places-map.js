// The world of the photos: drawn from country outlines that come with the program, so it needs no map service.

import './page-frame.js';
import * as L from 'leaflet';
import { write } from './address.js';
import { ask, media } from './graphql.js';
import { count, photos } from './format.js';
import { h, icon, quiet, tell } from './markup.js';
import { CLUSTERS } from './queries.js';

const PLAIN = { q: '', parts: [], sort: 'TAKEN', descending: true, seed: 0, group: 'month', key: null };
const PAUSE = 90;
const WORLD = { south: -90, west: -180, north: 90, east: 180 };

class PlacesMap extends HTMLElement {
  async connectedCallback() {
    this.box = h('div.map-box');
    this.note = h('div.map-note', { role: 'status', hidden: true });
    this.append(this.box, this.note, h('a.map-here.button', { href: '/' }, icon('images'), 'Photos in this area'));
    this.map = L.map(this.box, { worldCopyJump: true, minZoom: this.box.clientWidth < 800 ? 1 : 2, maxZoom: 16, zoomSnap: 0.5, zoomControl: false,
      attributionControl: false, fadeAnimation: !quiet(), zoomAnimation: !quiet(), preferCanvas: true, maxBoundsViscosity: 0.6 });
    L.control.zoom({ position: 'topright' }).addTo(this.map);
    L.control.attribution({ prefix: false }).addAttribution('Natural Earth, GeoNames').addTo(this.map);
    this.pins = L.layerGroup().addTo(this.map);
    this.restore();
    this.map.on('moveend', () => this.settle());
    this.settle();
    this.land();
  }

  restore() {
    const [lat, lon, zoom] = location.hash.slice(1).split('/').map(Number);
    if (Number.isFinite(zoom)) this.map.setView([lat, lon], zoom);
    else {
      this.fresh = true;
      this.map.setView([25, 0], 2);
    }
  }

  /** Outlines of all countries, fetched after the photos. */
  async land() {
    await import(this.dataset.topojson);
    const world = await (await fetch(this.dataset.world)).json();
    const shapes = globalThis.topojson.feature(world, world.objects.countries);
    for (const { geometry } of shapes.features) if (geometry) Object.assign(geometry, { coordinates: whole(geometry), type: 'MultiPolygon' });
    const style = () => {
      const now = getComputedStyle(document.documentElement);
      const color = (name) => now.getPropertyValue(name).trim();
      return { color: color('--border'), fillColor: color('--land'), weight: 0.8, fillOpacity: 1, opacity: 1 };
    };
    const layer = L.geoJSON(shapes, { style, interactive: false, smoothFactor: 0.6 }).addTo(this.map);
    layer.bringToBack();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => layer.setStyle(style()));
    new MutationObserver(() => layer.setStyle(style())).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  }

  settle() {
    const center = this.map.getCenter().wrap();
    const zoom = this.map.getZoom();
    history.replaceState(null, '', `#${center.lat.toFixed(4)}/${center.lng.toFixed(4)}/${zoom}`);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.load(), PAUSE);
  }

  get area() {
    const bounds = this.map.getBounds();
    const whole = bounds.getEast() - bounds.getWest() >= 360;
    const around = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;
    return { south: Math.max(-90, bounds.getSouth()), north: Math.min(90, bounds.getNorth()),
      west: whole ? -180 : around(bounds.getWest()), east: whole ? 180 : around(bounds.getEast()) };
  }

  async load() {
    const box = this.fresh ? WORLD : this.area; // a phone shows only a part of it at first
    this.querySelector('.map-here').href = write({ ...PLAIN, parts: [{ place: { box } }] });
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const { mapClusters } = await ask(CLUSTERS, { filter: {}, box, zoom: Math.round(this.map.getZoom()) }, { signal: this.asking.signal });
      if (this.fresh && mapClusters.length) {
        this.fresh = false;
        const bounds = L.latLngBounds(mapClusters.map(({ box: b }) => [[b.south, b.west], [b.north, b.east]]).flat());
        this.map.fitBounds(bounds, { padding: [70, 70], maxZoom: 12, animate: false });
        return;
      }
      this.draw(mapClusters);
    } catch (wrong) {
      if (wrong.name === 'AbortError') return;
      this.say(wrong.message);
    }
  }

  draw(clusters) {
    this.pins.clearLayers();
    const all = clusters.reduce((sum, cluster) => sum + cluster.count, 0);
    const middle = this.map.getCenter().lng;
    for (const cluster of clusters) {
      const lon = cluster.lon + 360 * Math.round((middle - cluster.lon) / 360);
      const pin = h('div.pin', {}, h('img', { src: media(cluster.imageKey, 0, 'small'), alt: '' }),
        cluster.count > 1 && h('span', {}, count(cluster.count)));
      const title = cluster.count === 1 ? 'One photo' : photos(cluster.count);
      const marker = L.marker([cluster.lat, lon], { icon: L.divIcon({ html: pin, className: 'pin-place', iconSize: [56, 56] }), keyboard: true, title, alt: title,
        riseOnHover: true, zIndexOffset: Math.round(Math.log2(cluster.count) * 100) });
      marker.on('click', () => this.open(cluster));
      marker.addTo(this.pins);
    }
    this.note.hidden = clusters.length > 0;
    if (!clusters.length) this.say(this.fresh ? 'No photo says where it was taken yet.' : 'No photos here. Zoom out to see more.');
    else tell(`${photos(all)} in this area`);
  }

  /** Closer, until the photos of a cluster are all in one place; then the photos. */
  open({ count: n, imageKey, box }) {
    if (n === 1) return location.assign(`/photo/${imageKey}`);
    const size = Math.max(box.north - box.south, box.east - box.west);
    if (size < 0.0015 || this.map.getZoom() >= 15) {
      const edge = 0.0003;
      const around = { south: box.south - edge, west: box.west - edge, north: box.north + edge, east: box.east + edge };
      return location.assign(write({ ...PLAIN, parts: [{ place: { box: around } }] }));
    }
    return this.map.fitBounds([[box.south, box.west], [box.north, box.east]], { padding: [90, 90], maxZoom: 16, animate: !quiet() });
  }

  say(text) {
    this.note.textContent = text;
    this.note.hidden = false;
  }
}

/** Polygons that cross the date line, drawn once on each side of the map instead of right across it. */
function whole({ type, coordinates }) {
  const polygons = type === 'Polygon' ? [coordinates] : coordinates;
  return polygons.flatMap((polygon) => {
    if (polygon[0].some(([, lat]) => lat < -84)) return [polygon];
    const rings = polygon.map((ring) => {
      let turn = 0;
      let last = ring[0][0];
      return ring.map(([lon, lat]) => {
        if (lon - last > 180) turn -= 360;
        else if (last - lon > 180) turn += 360;
        last = lon;
        return [lon + turn, lat];
      });
    });
    const moved = (by) => rings.map((ring) => ring.map(([lon, lat]) => [lon + by, lat]));
    const lons = rings[0].map(([lon]) => lon);
    if (Math.max(...lons) > 180) return [rings, moved(-360)];
    return Math.min(...lons) < -180 ? [rings, moved(360)] : [rings];
  });
}

customElements.define('places-map', PlacesMap);

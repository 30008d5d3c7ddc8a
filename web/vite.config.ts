import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The API of a locally running binary; only `npm run dev` uses it.
const api = process.env.CALLSHU_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  // httpapi replaces the placeholder in index.html with a fresh nonce per response.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    // data: URLs for scripts or styles would need holes in the policy.
    assetsInlineLimit: 0,
    // The polyfill is an inline-ish script that every supported browser can do without.
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': api } },
});

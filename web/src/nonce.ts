import { setNonce } from 'get-nonce';

/**
 * The nonce of this page's Content-Security-Policy. Read through the IDL
 * property: browsers hide the attribute's value from getAttribute.
 */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

// The scroll lock of modals and drawers writes its own <style> and asks get-nonce for the value.
if (nonce) setNonce(nonce);

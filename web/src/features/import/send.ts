import { BASE } from '../../api/client';
import { offline, ProblemError, problemFromBody } from '../../api/problem';
import type { ImportFile } from '../../api/types';

/**
 * Posts the file as it is. XMLHttpRequest, because fetch cannot tell how much
 * of a body has been sent, and 16 MB over a slow line want a bar.
 */
export function sendCsv(file: File, onSent: (fraction: number) => void): Promise<ImportFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    // A long name is cut from its front: what tells files apart is mostly at the end.
    request.open('POST', `${BASE}/employees/imports?${new URLSearchParams({ name: file.name.slice(-100) })}`);
    request.setRequestHeader('Content-Type', 'text/csv');
    request.responseType = 'json';
    request.upload.onprogress = (e) => {
      if (e.lengthComputable) onSent(e.loaded / e.total);
    };
    request.onerror = () => reject(offline());
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as ImportFile);
      else
        reject(
          new ProblemError(problemFromBody(request.response, request.status, request.getResponseHeader('Retry-After'))),
        );
    };
    request.send(file);
  });
}

/** Where all rejected rows of a file can be downloaded. */
export const rejectedRows = (id: string) => `${BASE}/employees/imports/${id}/rejected`;

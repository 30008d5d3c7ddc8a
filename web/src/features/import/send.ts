import { BASE } from '../../api/client';
import { offline, ProblemError, problemFromBody } from '../../api/problem';
import type { ImportResult } from '../../api/types';

/**
 * Posts the file as it is. XMLHttpRequest, because fetch cannot tell how much
 * of a body has been sent, and 16 MB over a slow line want a bar.
 */
export function sendCsv(
  file: File,
  query: Record<string, string>,
  onSent: (fraction: number) => void,
): Promise<ImportResult> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${BASE}/employees/import?${new URLSearchParams(query)}`);
    request.setRequestHeader('Content-Type', 'text/csv');
    request.responseType = 'json';
    request.upload.onprogress = (e) => {
      if (e.lengthComputable) onSent(e.loaded / e.total);
    };
    request.onerror = () => reject(offline());
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as ImportResult);
      else
        reject(
          new ProblemError(problemFromBody(request.response, request.status, request.getResponseHeader('Retry-After'))),
        );
    };
    request.send(file);
  });
}

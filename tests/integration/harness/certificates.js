import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Issues certificates into a directory, with the openssl command. */
export class CertificateAuthority {
    /** Certified by `issuer`, or else by itself. */
    constructor(directory, name = 'ca', issuer = undefined) {
        this.directory = directory;
        this.file = join(directory, `${name}.pem`);
        this.keyFile = join(directory, `${name}.key`);
        const subject = ['-subj', `/CN=${name} of the tests`, '-days', '1'];
        const signing = issuer ? ['-CA', issuer.file, '-CAkey', issuer.keyFile] : [];
        const output = ['-keyout', this.keyFile, '-out', this.file];
        this.openssl('req', '-x509', ...newKey, ...subject, ...signing, ...output);
    }

    openssl(...args) {
        execFileSync('openssl', args, { stdio: 'pipe' });
    }

    /** A certificate for `names` (`IP:127.0.0.1,DNS:localhost`), by default one that has not expired. */
    issue(name, names, { days = 1 } = {}) {
        const path = (type) => join(this.directory, `${name}.${type}`);
        const request = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
        this.openssl('req', ...newKey, ...request, '-keyout', path('key'), '-out', path('csr'));
        const signing = ['-CA', this.file, '-CAkey', this.keyFile, '-copy_extensions', 'copy'];
        const output = ['-days', String(days), '-out', path('pem')];
        this.openssl('x509', '-req', '-in', path('csr'), ...signing, ...output);
        return { cert: path('pem'), key: path('key') };
    }
}

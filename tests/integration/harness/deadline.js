/** How long anything that must happen may take before the test fails, in milliseconds. */
export const patienceMs = 5000;

/** Settles as `promise` does, or rejects after `ms`. */
export function within(promise, what, ms = patienceMs) {
    let timer;
    const expired = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`timed out waiting for ${what}`)), ms);
    });
    return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
}

/** Resolves with the first truthy result of `probe`, which is asked again and again. */
export async function until(probe, what, ms = patienceMs) {
    for (const end = Date.now() + ms; ;) {
        const result = await probe();
        if (result) {
            return result;
        }
        if (Date.now() > end) {
            throw new Error(`timed out waiting until ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

/** Repeats `check` until it throws no more; its own error is the one that is reported. */
export async function eventually(check, ms = patienceMs) {
    let failure;
    const passes = () => {
        try {
            check();
            return true;
        } catch (error) {
            failure = error;
            return false;
        }
    };
    await until(passes, 'a check passes', ms).catch(() => {
        throw failure;
    });
}

// What a dapp of @polkadot/api has of a runtime upgrade that happens while it is connected: it brings the code in itself, goes on
// over the same connection, and signs for the new runtime. Prints one line of JSON. Arguments: the WebSocket's address, the code.
import { readFile } from 'node:fs/promises';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { blake2AsHex } from '@polkadot/util-crypto';

const [url, file] = process.argv.slice(2);
const provider = new WsProvider(url, 1000);
const out = { connections: 0, lost: 0, heads: [], versions: [] };
provider.on('connected', () => (out.connections += 1));
provider.on('disconnected', () => (out.lost += 1));
const api = await ApiPromise.create({ provider, noInitWarn: true });
const alice = new Keyring({ type: 'sr25519' }).addFromUri('//Alice');
const code = `0x${(await readFile(file)).toString('hex')}`;

const within = (call) =>
  new Promise((resolve, reject) => {
    call
      .signAndSend(alice, ({ status, events, dispatchError }) => {
        if (dispatchError) reject(new Error(dispatchError.toString()));
        if (status.isInvalid || status.isDropped) reject(new Error(status.type));
        if (status.isFinalized) resolve(events.map(({ event }) => `${event.section}.${event.method}`));
      })
      .catch(reject);
  });

await api.rpc.chain.subscribeNewHeads((head) => out.heads.push(head.number.toNumber()));
await api.rpc.state.subscribeRuntimeVersion((version) => out.versions.push(version.specVersion.toNumber()));
const upgraded = new Promise((resolve) => {
  const look = () => (api.runtimeVersion.specVersion.toNumber() > out.versions[0] ? resolve() : setTimeout(look, 20));
  look();
});
out.before = api.runtimeVersion.specVersion.toNumber();
await within(api.tx.sudo.sudo(api.tx.system.authorizeUpgrade(blake2AsHex(code, 256))));
out.applied = await within(api.tx.system.applyAuthorizedUpgrade(code));
await upgraded;
out.after = api.runtimeVersion.specVersion.toNumber();
out.signed = await within(api.tx.system.remarkWithEvent('0x01'));
out.code = blake2AsHex((await api.rpc.state.getStorage(':code')).toU8a(true), 256);
await api.disconnect();
console.log(JSON.stringify(out));

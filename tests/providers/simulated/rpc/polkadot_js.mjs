// What a dapp does with @polkadot/api: metadata, heads, an account, a signed transfer up to finality, its events.
// Prints one line of JSON. Arguments: the WebSocket's address, and the amount to transfer.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const [url, amount] = process.argv.slice(2);
const provider = new WsProvider(url, 1000);
const api = await ApiPromise.create({ provider, noInitWarn: true });
const out = { chain: api.runtimeChain.toString(), spec: api.runtimeVersion.specName.toString() };
out.metadata = api.runtimeMetadata.version;
out.pallets = api.runtimeMetadata.asLatest.pallets.length;

const heads = (subscribe, count) =>
  new Promise(async (resolve) => {
    const seen = [];
    const stop = await subscribe((head) => {
      seen.push(head.number.toNumber());
      if (seen.length === count) {
        stop();
        resolve([...seen]);
      }
    });
  });

const keyring = new Keyring({ type: 'sr25519' });
const alice = keyring.addFromUri('//Alice');
const fresh = keyring.addFromUri('//Nobody//Yet').address;
out.before = (await api.query.system.account(fresh)).data.free.toString();
out.nonce = (await api.rpc.system.accountNextIndex(alice.address)).toNumber();

const followed = Promise.all([
  heads((handler) => api.rpc.chain.subscribeNewHeads(handler), 4),
  heads((handler) => api.rpc.chain.subscribeFinalizedHeads(handler), 3),
  heads((handler) => api.derive.chain.subscribeNewHeads(handler), 2),
]);
const told = [];
const stopBalance = await api.query.system.account(fresh, (account) => told.push(account.data.free.toString()));

const transfer = api.tx.balances.transferKeepAlive(fresh, amount);
out.fee = (await transfer.paymentInfo(alice)).partialFee.toBn().gtn(0);
out.statuses = [];
await new Promise((resolve, reject) => {
  transfer
    .signAndSend(alice, ({ status, events, dispatchError }) => {
      out.statuses.push(status.type);
      if (status.isInBlock) out.events = events.map(({ event }) => `${event.section}.${event.method}`);
      if (dispatchError) reject(new Error(dispatchError.toString()));
      if (status.isInvalid || status.isDropped) reject(new Error(status.type));
      if (status.isFinalized) resolve();
    })
    .catch(reject);
});
[out.heads, out.finalized, out.derived] = await followed;
stopBalance();
out.after = (await api.query.system.account(fresh)).data.free.toString();
out.told = told;
out.entries = (await api.query.session.nextKeys.entries()).length;
out.blockEvents = (await api.query.system.events()).length > 0;
out.unknown = await provider.send('no_such_method', []).catch((error) => error.code);
await api.disconnect();
console.log(JSON.stringify(out));

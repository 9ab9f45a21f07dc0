// niivue can fetch chunked volumes over the network with zarrita. A page of ours fetches nothing, so this takes its place.
const refuse = () => {
  throw new Error('this page opens no other volumes')
}

export const root = refuse
export const open = refuse
export const get = refuse
export const slice = refuse
export class FetchStore {
  constructor() {
    refuse()
  }
}

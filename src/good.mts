import { encodeTable } from './tables/encode.ts';
import { writeFileSync } from 'node:fs';
const n=300; const i32=(k)=>Int32Array.from({length:k},(_, i)=>i);
const valid=(k)=>Uint8Array.from({length:k},(_, i)=>Number(i%3>0));
writeFileSync('/tmp/sqlx/good.arrow', encodeTable({d:{kind:'dictionary',indices:i32(n).map(i=>i%5),labels:['a','bb','a long label here','another long label','x'],valid:valid(n)}}));
writeFileSync('/tmp/sqlx/good2.arrow', encodeTable({d:{kind:'int32',values:i32(n)}}));

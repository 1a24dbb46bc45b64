/**
 * Registers the gradients of all operations. tfjs-core's build for Node leaves them out, and the
 * one package that brings them in a form Node can load is tfjs-layers, as a side effect. Those that
 * cannot be differentiated again are then replaced, and what a backward pass holds is let go early.
 */
import '@tensorflow/tfjs-layers';
import './second-order/register.js';
import { shortenLifetimes } from './tape/lifetimes.js';

shortenLifetimes();

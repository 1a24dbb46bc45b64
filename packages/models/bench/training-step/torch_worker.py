"""The same networks and the same training step in PyTorch on the CPU (or CUDA, with --cuda): one
step for each line on standard input, answered by a line of JSON. Arguments: network, batch size."""

import json
import resource
import sys
import time

try:
    import torch
    from torch import nn
except ImportError as error:
    print(json.dumps({"error": f"no PyTorch: {error}"}))
    sys.exit()

network, batch = sys.argv[1], int(sys.argv[2])
device = "cuda" if "--cuda" in sys.argv else "cpu"
layout = torch.channels_last if "--channels-last" in sys.argv else torch.contiguous_format
torch.manual_seed(1)
functional = nn.functional


def classifier(name):
    norm = name == "cnn-dense"
    convs = [
        nn.Conv2d(1, 16, 5), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.MaxPool2d((1, 2)),
        *([nn.BatchNorm2d(16, eps=1e-3)] if norm else []),
        nn.Conv2d(16, 16, (1, 3)), nn.ReLU(), nn.Conv2d(16, 32, (1, 3)), nn.ReLU(), nn.MaxPool2d(2),
        *([nn.BatchNorm2d(32, eps=1e-3)] if norm else []),
        nn.Conv2d(32, 32, (1, 3)), nn.ReLU(), nn.Conv2d(32, 32, (1, 3)), nn.ReLU(),
        nn.BatchNorm2d(32, eps=1e-3),
    ]
    if norm:
        head = [nn.Flatten(), nn.Linear(344448, 64), nn.ReLU(), nn.Linear(64, 2)]
    else:
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 2)]
    net = nn.Sequential(*convs, *head).to(device=device, memory_format=layout)
    x = torch.rand(batch, 1, 240, 400, device=device).to(memory_format=layout)
    y = functional.one_hot(torch.arange(batch, device=device) % 2, 2).float()
    return [net], lambda: functional.binary_cross_entropy_with_logits(net(x), y)


def vae():
    x = torch.rand(batch, 1, 240, 400, device=device).to(memory_format=layout)
    encoder = nn.Sequential(
        nn.Conv2d(1, 32, 4, 2), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Flatten(),
        nn.Linear(58 * 98 * 64, 40),
    ).to(device=device, memory_format=layout)
    decoder = nn.Sequential(
        nn.Linear(20, 192000), nn.ReLU(), nn.Unflatten(1, (32, 60, 100)),
        nn.ConvTranspose2d(32, 64, 4, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 3, 1, 1),
    ).to(device=device, memory_format=layout)

    def loss():
        mean, log_variance = encoder(x).chunk(2, 1)
        z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        each = functional.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
        kl = 0.5 * (log_variance.exp() + mean**2 - log_variance - 1).sum()
        return (each + kl) / batch

    return [encoder, decoder], loss


def ednn():
    widths = [9, 64, 64, 2, 64, 64]
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.Tanh()]
    net = nn.Sequential(*layers, nn.Linear(64, 200)).to(device)
    x, y = torch.randn(batch, 9, device=device), torch.randn(batch, 200, device=device)
    return [net], lambda: functional.mse_loss(net(x), y)


nets, loss = vae() if network == "vae" else ednn() if network == "ednn" else classifier(network)
parameters = [p for net in nets for p in net.parameters()]
count = sum(p.numel() for p in parameters)
# tfjs counts the moving mean and variance of a batch norm too.
count += sum(b.numel() for net in nets for name, b in net.named_buffers() if "running" in name)
adam = torch.optim.Adam(parameters, 1e-3)
name = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads"
print(json.dumps({"device": name, "provider": f"PyTorch {torch.__version__}", "parameters": count}), flush=True)

def step():
    adam.zero_grad()
    value = loss()
    value.backward()
    adam.step()
    return value.item()


if "--profile" in sys.argv:
    from torch.profiler import ProfilerActivity, profile

    step()
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device == "cuda" else [])
    with profile(activities=activities) as record:
        step()
    order = "self_cuda_time_total" if device == "cuda" else "self_cpu_time_total"
    print(record.key_averages().table(sort_by=order, row_limit=15))
    sys.exit()

for _ in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    number = step()
    answer = {"ms": 1e3 * (time.perf_counter() - start), "cpuMs": 1e3 * (time.process_time() - cpu)}
    answer["peakMB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer["loss"] = number
    print(json.dumps(answer), flush=True)

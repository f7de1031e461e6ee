using System.Globalization;
using System.Text;
using Kalinka.Common.Directory;

namespace Kalinka.Bench.Scale;

/// <summary>The clients that are measured with: ids of 20 bytes, spread over ten brokers.</summary>
internal sealed class Fleet(int clients)
{
    private const int Brokers = 10;

    private static readonly LocationDetails Details = new(Since: 1_764_096_000_000, LastSeen: 1_764_096_000_000);

    private readonly byte[][] _ids =
    [
        .. Enumerable
            .Range(0, clients)
            .Select(n =>
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"sensor-{n:0000000000000}"))
            ),
    ];

    public int Count => clients;

    public byte[] this[int client] => _ids[client];

    /// <summary>The first of them, some hundreds at a time, each at its broker.</summary>
    public IEnumerable<LocationChange[]> Puts(int count, Func<byte[], Location> known, int round) =>
        _ids.Take(count)
            .Select((id, n) => LocationChange.Put(id, $"broker-{(n + round) % Brokers}", known(id), Details))
            .Chunk(10_000);
}

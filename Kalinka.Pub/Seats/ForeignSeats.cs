using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Pub.Seats;

/// <summary>
/// Seats that others hold and this instance does not know: of brokers, or with numbers, that only their configuration
/// has. They count when seats are shared out; else two instances with different brokers would never agree who has more.
/// </summary>
/// <param name="isOurs">Whether a seat is known here.</param>
internal sealed class ForeignSeats(ZooKeeperClient client, Func<SeatId, bool> isOurs)
{
    private volatile ImmutableDictionary<SeatId, string> _holders = ImmutableDictionary<SeatId, string>.Empty;

    /// <summary>As read last.</summary>
    public ImmutableDictionary<SeatId, string> Holders => _holders;

    /// <exception cref="ZooKeeperException">What was read before stands.</exception>
    public async Task ReadAsync(CancellationToken stopping)
    {
        var brokers = await ChildrenAsync(ZnodeSeats.Root, stopping);
        var seats = await Task.WhenAll(brokers.Select(broker => SeatsAsync(broker, stopping)));
        var held = await Task.WhenAll(
            seats.SelectMany(of => of).Where(seat => !isOurs(seat)).Select(seat => HolderAsync(seat, stopping))
        );
        _holders = held.OfType<KeyValuePair<SeatId, string>>().ToImmutableDictionary();
    }

    /// <summary>The numbers of a broker's seats that anybody holds.</summary>
    /// <exception cref="ZooKeeperException">Nothing is known then.</exception>
    public async Task<IReadOnlyList<int>> HeldSeatsAsync(string broker, CancellationToken stopping) =>
        [
            .. (await ChildrenAsync($"{ZnodeSeats.Root}/{broker}", stopping))
                .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1)
                .Where(number => number >= 0),
        ];

    private async Task<IEnumerable<SeatId>> SeatsAsync(string broker, CancellationToken stopping) =>
        (await HeldSeatsAsync(broker, stopping)).Select(number => new SeatId(broker, number));

    private async Task<KeyValuePair<SeatId, string>?> HolderAsync(SeatId seat, CancellationToken stopping) =>
        await client.FindDataAsync($"{ZnodeSeats.Root}/{seat}", stopping) is { } znode
            ? KeyValuePair.Create(seat, Encoding.UTF8.GetString(znode.Data))
            : null;

    private async Task<string[]> ChildrenAsync(string path, CancellationToken stopping)
    {
        try
        {
            return await client.GetChildrenAsync(path, stopping);
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode)
        {
            return [];
        }
    }
}

using System.Text;
using System.Text.Json;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Pub.Seats;

/// <summary>
/// The znodes <c>/sessions/broker/client identifier</c>: which MQTT sessions of ours a broker keeps, and the filters that
/// each is subscribed to, one a line.
/// </summary>
internal sealed class SessionRecords(ZooKeeperClient client)
{
    private const string Root = "/sessions";

    /// <summary>The ensemble can be asked now.</summary>
    public bool Reachable => client.State == KeeperState.Connected;

    /// <summary>The Client Identifiers of a broker's sessions.</summary>
    /// <exception cref="ZooKeeperException">Nothing is known then.</exception>
    public async Task<string[]> ListAsync(string broker, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetChildrenAsync($"{Root}/{broker}", cancellationToken);
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode)
        {
            return [];
        }
    }

    /// <summary>The filters of a session; none when it is unknown.</summary>
    /// <exception cref="ZooKeeperException">Nothing is known then.</exception>
    public async Task<IReadOnlyList<string>> ReadAsync(
        string broker,
        string clientId,
        CancellationToken cancellationToken
    ) => await client.FindDataAsync(PathOf(broker, clientId), cancellationToken) is { } znode ? Parse(znode.Data) : [];

    /// <returns>The zxid of the write: no other write has it.</returns>
    /// <exception cref="ZooKeeperException">It may be written or not.</exception>
    public async Task<long> WriteAsync(
        string broker,
        string clientId,
        IEnumerable<string> filters,
        CancellationToken cancellationToken
    )
    {
        var path = PathOf(broker, clientId);
        await client.EnsurePathAsync(path, cancellationToken);
        return (await client.SetDataAsync(path, Format(filters), -1, cancellationToken)).Mzxid;
    }

    /// <exception cref="ZooKeeperException">It may be deleted or not.</exception>
    public async Task DeleteAsync(string broker, string clientId, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteAsync(PathOf(broker, clientId), -1, cancellationToken);
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode) { }
    }

    internal static byte[] Format(IEnumerable<string> filters) =>
        Encoding.UTF8.GetBytes(string.Join('\n', filters.Order(StringComparer.Ordinal)));

    /// <summary>Lines; an array of JSON is understood too.</summary>
    internal static IReadOnlyList<string> Parse(byte[] data)
    {
        var text = Encoding.UTF8.GetString(data);
        try
        {
            if (text.StartsWith('[') && JsonSerializer.Deserialize<string[]>(text) is { } filters)
            {
                return filters;
            }
        }
        catch (JsonException)
        {
            // A filter may begin with a bracket.
        }

        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string PathOf(string broker, string clientId) => $"{Root}/{broker}/{clientId}";
}

using Kalinka.Common.Brokers;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Common.Verbs;

/// <summary>
/// Reads what <c>/brokers</c> announces, tries the brokers that would be connected to, and says of the others why not.
/// </summary>
internal static class AnnouncedCheck
{
    /// <summary>Brokers that are tried; all of a large fleet would take too long.</summary>
    private const int Most = 50;

    /// <returns>Nothing when the ensemble does not answer: that is told by who asks it for itself.</returns>
    public static async Task<IReadOnlyList<ServerAnswer>> TryAsync(
        IDaemonConfiguration configuration,
        ZooKeeperOptions ensemble,
        BrokerCheck check,
        CancellationToken stopping
    )
    {
        try
        {
            var answers = new List<ServerAnswer>();
            var announcements = new Announcements();
            announcements.Take(
                await ReadAsync(ensemble, stopping),
                (path, problem) => answers.Add(new ServerAnswer(path, false, problem))
            );
            var roster = Roster.Merge(configuration.Mqtt.Brokers, announcements.Known, configuration.Announced);
            var told = await Task.WhenAll(
                roster
                    .Where(entry => entry.Announced || entry.Remark is not null)
                    .Select((entry, number) => Of(entry, number))
            );
            return [.. told, .. answers];
        }
        catch (Exception failure) when (failure is TimeoutException or ZooKeeperException)
        {
            return [];
        }

        Task<ServerAnswer> Of(RosterEntry entry, int number) =>
            entry.Remark is { } remark ? Task.FromResult(new ServerAnswer($"broker {entry.Broker}", true, remark))
            : number < Most ? check.TryAsync(entry.Broker, stopping)
            : Task.FromResult(new ServerAnswer($"broker {entry.Broker}", true, "is announced, and was not tried"));
    }

    private static async Task<IReadOnlyList<(string, Znode)>> ReadAsync(
        ZooKeeperOptions ensemble,
        CancellationToken stopping
    )
    {
        await using var client = new ZooKeeperClient(ensemble, TimeProvider.System, NullLogger.Instance);
        client.Start();
        var names = await BrokerZnodes.NamesAsync(client, stopping).WaitAsync(ServerCheck.Patience, stopping);
        return await BrokerZnodes.ReadAsync(client, names, stopping).WaitAsync(ServerCheck.Patience, stopping);
    }
}

using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>What the directory as a whole needs, whoever is where: sweeping, and writing again what was lost.</summary>
/// <param name="directory">The directory.</param>
/// <param name="ensemble">For election and generation; started and closed by its owner.</param>
/// <param name="instance">This instance's name.</param>
/// <param name="presence">Who writes.</param>
/// <param name="keepOffline">How long a client that left keeps its entry.</param>
internal sealed class DirectoryUpkeep(
    ILocationDirectory directory,
    ZooKeeperClient ensemble,
    string instance,
    PresenceStage presence,
    TimeSpan keepOffline,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private readonly Generation _generation = new(ensemble, time, loggers.CreateLogger<Generation>());
    private readonly Sweeper _sweeper = new(
        directory,
        new SweeperElection(ensemble, instance).IsElectedAsync,
        presence.Counters,
        keepOffline,
        time,
        loggers.CreateLogger<Sweeper>()
    );

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken stopping) =>
        Task.WhenAll(_sweeper.RunAsync(stopping), _generation.RunAsync(presence.WriteAgain, stopping));
}

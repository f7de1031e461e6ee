using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>What the directory as a whole needs, whoever is where: sweeping, and writing again what was lost.</summary>
internal sealed class DirectoryUpkeep
{
    private readonly Sweeper _sweeper;
    private readonly Generation? _generation;
    private readonly PresenceStage _presence;

    /// <param name="directory">The directory.</param>
    /// <param name="ensemble">
    /// For election and generation; started and closed by its owner. Null without ZooKeeper: then there is one instance.
    /// </param>
    /// <param name="instance">This instance's name.</param>
    /// <param name="presence">Who writes.</param>
    /// <param name="keepOffline">How long a client that left keeps its entry.</param>
    /// <param name="time">For everything that waits.</param>
    /// <param name="loggers">For its parts.</param>
    public DirectoryUpkeep(
        ILocationDirectory directory,
        ZooKeeperClient? ensemble,
        string instance,
        PresenceStage presence,
        TimeSpan keepOffline,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        _presence = presence;
        _generation = ensemble is null ? null : new Generation(ensemble, time, loggers.CreateLogger<Generation>());
        _sweeper = new Sweeper(
            directory,
            ensemble is null ? _ => Task.FromResult(true) : new SweeperElection(ensemble, instance).IsElectedAsync,
            presence.Counters,
            keepOffline,
            time,
            loggers.CreateLogger<Sweeper>()
        );
    }

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="Exception">What one of the two failed with, as soon as it has.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] parts =
        [
            _sweeper.RunAsync(ending.Token),
            .. _generation is null ? [] : new[] { _generation.RunAsync(_presence.WriteAgain, ending.Token) },
        ];
        try
        {
            await await Task.WhenAny(parts);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

using Kalinka.Common.Instances;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Verbs;

/// <summary>Reads from the ensemble how far a broker is from being switched off.</summary>
internal sealed class RetirementLook(ZooKeeperClient ensemble, string broker)
{
    private static readonly string[] Daemons = ["kalinka-pub", "kalinka-sub"];

    /// <exception cref="ZooKeeperException">The ensemble refused to tell.</exception>
    public Task<Retirement> ReadAsync(CancellationToken cancellationToken) =>
        TransientFailures.OutlastAsync(LookAsync, TimeProvider.System, cancellationToken);

    private async Task<Retirement> LookAsync(CancellationToken cancellationToken)
    {
        var instances = new List<RetiringInstance>();
        foreach (var daemon in Daemons)
        {
            foreach (var instance in await InstanceZnodes.ReadAsync(ensemble, daemon, cancellationToken))
            {
                var done = instance.Report?.BrokersRetired?.Contains(broker) == true;
                instances.Add(new RetiringInstance(daemon, instance.Name, done));
            }
        }

        var seats = await ChildrenAsync($"/seats/{broker}", cancellationToken);
        var sessions = await ChildrenAsync($"/sessions/{broker}", cancellationToken);
        return new Retirement(broker, true, instances, seats.Length, sessions.Length);
    }

    private async Task<string[]> ChildrenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var names = await ensemble.GetChildrenAsync(path, cancellationToken);
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode)
        {
            return [];
        }
    }
}

using Kalinka.Common.Configuration;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Brokers;

/// <summary>
/// What the znodes said last, name by name. One that has become unusable keeps what it said before: a slip of the hand
/// shall not take a broker out of service.
/// </summary>
internal sealed class Announcements
{
    private Dictionary<string, Announcement> _known = [];

    // By path: the change that was complained of, so that each is told once.
    private Dictionary<string, long> _complained = [];

    public IReadOnlyDictionary<string, Announcement> Known => _known;

    /// <summary>Takes all znodes as they are now.</summary>
    /// <param name="znodes">Null for one that holds no broker's name; its path is complained of.</param>
    /// <param name="complain">A path, and what is wrong there.</param>
    public void Take(IEnumerable<(string Name, Znode Znode)> znodes, Action<string, string> complain)
    {
        var known = new Dictionary<string, Announcement>();
        var complained = new Dictionary<string, long>();
        foreach (var (name, znode) in znodes)
        {
            if (Read(name, znode.Data, out var problem) is { } announcement)
            {
                known[name] = announcement;
                continue;
            }

            if (_known.TryGetValue(name, out var before))
            {
                known[name] = before;
                problem += "; what it said before still counts";
            }

            var path = BrokerZnodes.PathOf(name);
            complained[path] = znode.Stat.Mzxid;
            if (_complained.GetValueOrDefault(path) != znode.Stat.Mzxid)
            {
                complain(path, problem);
            }
        }

        (_known, _complained) = (known, complained);
    }

    private static Announcement? Read(string name, byte[] data, out string problem)
    {
        if (Names.IsLegal(name))
        {
            return Announcement.Parse(data, out problem);
        }

        problem = "is no name of a broker: 1 to 64 letters, digits, dots, underscores and hyphens are";
        return null;
    }
}

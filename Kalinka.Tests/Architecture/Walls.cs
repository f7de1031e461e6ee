namespace Kalinka.Tests.Architecture;

/// <summary>What may know what. Each rule returns the uses that break it.</summary>
internal static class Walls
{
    /// <summary>The types below <paramref name="library"/> are known only below <paramref name="home"/>.</summary>
    public static IEnumerable<TypeUse> LibraryOutside(IEnumerable<TypeUse> uses, string library, string home) =>
        uses.Where(use => use.Used.IsIn(library) && !use.User.IsIn(home));

    /// <summary>
    /// Stages, folders below <paramref name="root"/>, do not know each other; the pipeline in the root knows them all, and
    /// so does the program: the command line and the reading of the configuration. Every stage knows what travels through
    /// them all, in <c>Deliveries</c>.
    /// </summary>
    public static IEnumerable<TypeUse> BetweenStages(IEnumerable<TypeUse> uses, string root) =>
        uses.Where(use =>
            use.User.FolderBelow(root) is { } user
            && user is not ("Verbs" or "Configuration")
            && use.Used.FolderBelow(root) is { } used
            && used is not "Deliveries"
            && user != used
        );

    /// <summary>Nothing below <paramref name="user"/> knows anything below <paramref name="used"/>.</summary>
    public static IEnumerable<TypeUse> FromTo(IEnumerable<TypeUse> uses, string user, string used) =>
        uses.Where(use => use.User.IsIn(user) && use.Used.IsIn(used));
}
